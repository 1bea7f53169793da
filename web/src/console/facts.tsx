// What is known of something, each fact with its name.
import type { ReactNode } from "react";

export type Fact = [string, ReactNode];

export function Facts({ of, numbers }: { of: Fact[]; numbers?: boolean }) {
  return (
    <dl className="facts">
      {of.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd className={numbers ? "numbers" : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

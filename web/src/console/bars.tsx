// Bars by hour, one upon the other: plain SVG. The table beside it says the same.
export type Bar = { name: string; released: number; reversed: number };

const height = 120, head = 16, foot = 20, step = 24, width = 16, room = 56; // of the widest hour

export function HourBars({ label, most, bars, say }: { label: string; most: number; bars: Bar[]; say: (b: Bar) => string }) {
  const wide = bars.length * step;
  const size = (n: number) => (n / most) * height;
  const every = Math.ceil(bars.length / 4); // so that the hours' names have room
  return (
    <svg className="bars" viewBox={`0 ${-head} ${wide} ${head + height + foot}`} role="img" aria-label={label}>
      <line x1={0} x2={wide} y1={height} y2={height} className="axis" />
      <line x1={0} x2={wide} y1={0} y2={0} className="most" />
      <text x={0} y={-4}>
        {most}
      </text>
      {bars.map((b, i) => (
        <g key={b.name + i}>
          <title>{say(b)}</title>
          <rect x={i * step + 4} width={width} y={height - size(b.released)} height={size(b.released)} className="released" />
          <rect x={i * step + 4.75} width={width - 1.5} y={height - size(b.released + b.reversed) + 0.75} height={Math.max(0, size(b.reversed) - 1.5)} className="reversed" />
          {i % every === 0 && (bars.length - i) * step >= room && (
            <text x={i * step + 4} y={height + 15}>
              {b.name}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

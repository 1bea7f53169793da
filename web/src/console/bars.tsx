// Bars by hour, one upon the other: plain SVG. The table beside it says the same.
export type Bar = { name: string; released: number; reversed: number };

const height = 120, step = 24, width = 16, foot = 20;

export function HourBars({ label, most, bars, say }: { label: string; most: number; bars: Bar[]; say: (b: Bar) => string }) {
  const wide = bars.length * step;
  const size = (n: number) => (n / most) * height;
  const every = Math.ceil(bars.length / 4); // so that the hours' names have room
  return (
    <svg className="bars" viewBox={`0 0 ${wide} ${height + foot}`} role="img" aria-label={label}>
      <line x1={0} x2={wide} y1={height} y2={height} className="axis" />
      {bars.map((b, i) => (
        <g key={b.name + i}>
          <title>{say(b)}</title>
          <rect x={i * step + 4} width={width} y={height - size(b.released)} height={size(b.released)} className="released" />
          <rect x={i * step + 4.75} width={width - 1.5} y={height - size(b.released + b.reversed) + 0.75} height={Math.max(0, size(b.reversed) - 1.5)} className="reversed" />
          {i % every === 0 && (
            <text x={i * step + 4} y={height + 15}>
              {b.name}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

// Bars by hour, one upon the other: plain SVG. The table beside it says the same.
export type Bar = { name: string; released: number; reversed: number };

const wide = 320, height = 120, head = 20, foot = 24, letter = 9.5; // however many bars: the words stay as large

export function HourBars({ label, most, bars, say }: { label: string; most: number; bars: Bar[]; say: (b: Bar) => string }) {
  const step = wide / Math.max(1, bars.length), width = (step * 2) / 3, gap = step / 6;
  const room = letter * Math.max(1, ...bars.map((b) => b.name.length)), line = Math.min(1.5, width / 4);
  const size = (n: number) => (n / most) * height;
  const every = Math.ceil((room + 16) / step); // so that the hours' names have room
  return (
    <svg className="bars" viewBox={`0 ${-head} ${wide} ${head + height + foot}`} role="img" aria-label={label}>
      <line x1={0} x2={wide} y1={height} y2={height} className="axis" />
      <line x1={0} x2={wide} y1={0} y2={0} className="most" />
      <text x={0} y={-5}>
        {most}
      </text>
      {bars.map((b, i) => (
        <g key={b.name + i}>
          <title>{say(b)}</title>
          <rect x={i * step + gap} width={width} y={height - size(b.released)} height={size(b.released)} className="released" />
          <rect x={i * step + gap + line / 2} width={width - line} y={height - size(b.released + b.reversed) + line / 2} height={Math.max(0, size(b.reversed) - line)} strokeWidth={line} className="reversed" />
          {i % every === 0 && (bars.length - i) * step >= room && (
            <text x={i * step + gap} y={height + 18}>
              {b.name}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

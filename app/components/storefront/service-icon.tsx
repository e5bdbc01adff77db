import { cn } from '../ui/cn.ts';

/** Until sellers have pictures: the first letter on one of six colours that the slug chooses. */
const COLORS = [
  'from-[#0a84ff] to-[#0059b3]',
  'from-[#5e5ce6] to-[#3634a3]',
  'from-[#30b0c7] to-[#0e6f80]',
  'from-[#34a853] to-[#196b2c]',
  'from-[#e8590c] to-[#9a4600]',
  'from-[#d6336c] to-[#96143f]',
];

function colorOf(slug: string): string {
  let sum = 0;
  for (const character of slug) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return COLORS[sum % COLORS.length] ?? '';
}

export function ServiceIcon({ name, slug, large }: { name: string; slug: string; large?: boolean }) {
  const [letter = ''] = [...name.trim()];
  return (
    <span
      aria-hidden
      className={cn(
        'grid shrink-0 place-items-center bg-linear-to-br font-semibold text-white select-none',
        large ? 'size-16 rounded-lg text-3xl' : 'size-11 rounded-md text-xl',
        colorOf(slug),
      )}
    >
      {letter.toUpperCase()}
    </span>
  );
}

/** An upstream need not name its answers or its model; callers' programs expect both. */
export function nameAnswer<T extends { id: string; model: string }>(
  said: T,
  requestId: string,
  askedModel: string,
): T {
  if (said.id !== '' && said.model !== '') return said;
  return { ...said, id: said.id || requestId, model: said.model || askedModel };
}

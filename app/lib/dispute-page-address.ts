/** Address of another page of the same list. */
export const disputePageAddress = (status: string | null) => (page: number) =>
  `?${status ? `status=${status}&` : ''}page=${page}`;

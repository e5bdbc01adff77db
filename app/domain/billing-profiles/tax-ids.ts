/** Tax ids as Stripe names their kinds, and how each is written (https://docs.stripe.com/billing/customer/tax-ids). */

export const TAX_ID_TYPES = [
  'eu_vat',
  'gb_vat',
  'ch_vat',
  'no_vat',
  'us_ein',
  'ca_bn',
  'ca_gst_hst',
  'au_abn',
  'nz_gst',
  'jp_cn',
  'jp_trn',
  'cn_tin',
  'tw_vat',
  'hk_br',
  'sg_gst',
  'kr_brn',
  'in_gst',
  'br_cnpj',
  'mx_rfc',
  'za_vat',
] as const;
export type TaxIdType = (typeof TAX_ID_TYPES)[number];

const EU =
  /^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[0-9A-Z+*]{8,12}$/;

const FORMATS: Record<TaxIdType, RegExp> = {
  eu_vat: EU,
  gb_vat: /^GB(\d{9}|\d{12}|GD\d{3}|HA\d{3})$/,
  ch_vat: /^CHE\d{9}(MWST|TVA|IVA)$/,
  no_vat: /^\d{9}MVA$/,
  us_ein: /^\d{9}$/,
  ca_bn: /^\d{9}$/,
  ca_gst_hst: /^\d{9}RT\d{4}$/,
  au_abn: /^\d{11}$/,
  nz_gst: /^\d{8,9}$/,
  jp_cn: /^\d{13}$/,
  jp_trn: /^T\d{13}$/,
  cn_tin: /^([0-9A-Z]{15}|[0-9A-Z]{18})$/,
  tw_vat: /^\d{8}$/,
  hk_br: /^\d{8}$/,
  sg_gst: /^([MT]\d{8}[A-Z]|\d{8,9}[A-Z]|[0-9A-Z]{9,10})$/,
  kr_brn: /^\d{10}$/,
  in_gst: /^\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]$/,
  br_cnpj: /^\d{14}$/,
  mx_rfc: /^[A-Z&Ñ]{3,4}\d{6}[0-9A-Z]{3}$/,
  za_vat: /^4\d{9}$/,
};

/** One of each, as people know it. */
export const TAX_ID_EXAMPLES: Record<TaxIdType, string> = {
  eu_vat: 'DE123456789',
  gb_vat: 'GB123456789',
  ch_vat: 'CHE123456789MWST',
  no_vat: '123456789MVA',
  us_ein: '12-3456789',
  ca_bn: '123456789',
  ca_gst_hst: '123456789RT0002',
  au_abn: '12345678912',
  nz_gst: '123456789',
  jp_cn: '1234567891234',
  jp_trn: 'T1234567891234',
  cn_tin: '91110108MA01ABCD2X',
  tw_vat: '12345678',
  hk_br: '12345678',
  sg_gst: 'M12345678X',
  kr_brn: '123-45-67890',
  in_gst: '12ABCDE3456FGZH',
  br_cnpj: '01.234.456/5432-10',
  mx_rfc: 'ABC010203AB9',
  za_vat: '4123456789',
};

/** Without the signs people put between groups. */
export function normaliseTaxId(text: string): string {
  return text.toUpperCase().replace(/[\s./-]/g, '');
}

/** True for a normalised id that is written as its kind is. */
export function isTaxId(type: TaxIdType, taxId: string): boolean {
  return FORMATS[type].test(taxId);
}

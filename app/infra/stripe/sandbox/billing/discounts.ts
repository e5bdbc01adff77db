/** Coupons and the discounts they become. */
import { newBase, type SandboxCore } from '../core.ts';
import type { Coupon, Customer, Discount, PromotionCode } from '../objects.ts';
import { invalidRequest, resourceMissing } from '../sandbox-error.ts';
import { addIntervals } from './periods.ts';

export interface CouponChoice {
  coupon: string;
  promotionCode: string | null;
}

interface DiscountParam {
  coupon?: string;
  promotion_code?: string;
  discount?: string;
}

/** A coupon may be gone, used up or too late. */
export function isRedeemable(core: SandboxCore, coupon: Coupon): boolean {
  const isUsedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  const isLate = coupon.redeem_by !== null && coupon.redeem_by <= core.now();
  return coupon.valid && !isUsedUp && !isLate;
}

export async function resolveCoupon(core: SandboxCore, param: DiscountParam): Promise<CouponChoice> {
  if (param.promotion_code) {
    const code = await core.state.find<PromotionCode>('promotion_code', param.promotion_code);
    if (!code) throw resourceMissing('promotion code', param.promotion_code, 'discounts[0][promotion_code]');
    return { coupon: await checkPromotionCode(core, code, null), promotionCode: code.id };
  }
  const id = param.coupon ?? '';
  const coupon = await core.state.find<Coupon>('coupon', id);
  if (!coupon) throw resourceMissing('coupon', id, 'discounts[0][coupon]');
  if (!isRedeemable(core, coupon))
    throw invalidRequest(`Coupon ${id} is used up and cannot be applied.`, 'coupon', 'coupon_expired');
  return { coupon: id, promotionCode: null };
}

/** Id of the code's coupon, if this customer may use it now. */
export async function checkPromotionCode(
  core: SandboxCore,
  code: PromotionCode,
  customer: string | null,
): Promise<string> {
  const couponId = String(code.promotion.coupon);
  const coupon = await core.state.find<Coupon>('coupon', couponId);
  const isUsedUp = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions;
  const isLate = code.expires_at !== null && code.expires_at <= core.now();
  const isForeign = code.customer !== null && customer !== null && code.customer !== customer;
  if (!code.active || isUsedUp || isLate || isForeign || !coupon || !isRedeemable(core, coupon))
    throw invalidRequest(
      'This promotion code cannot be redeemed.',
      'promotion_code',
      'promotion_code_invalid',
    );
  return couponId;
}

/** Turns a coupon into a discount of a customer's subscription or invoice, and counts it. */
export async function redeemCoupon(
  core: SandboxCore,
  { coupon: couponId, promotionCode }: CouponChoice,
  owner: { customer: string | null; subscription?: string; invoice?: string; session?: string },
): Promise<Discount> {
  const coupon = await core.state.lock<Coupon>('coupon', couponId);
  if (!isRedeemable(core, coupon))
    throw invalidRequest(`Coupon ${couponId} is used up and cannot be applied.`, 'coupon', 'coupon_expired');
  await core.state.put<Coupon>({ ...coupon, times_redeemed: coupon.times_redeemed + 1 });
  if (promotionCode) {
    const code = await core.state.lock<PromotionCode>('promotion_code', promotionCode);
    await core.state.put<PromotionCode>({ ...code, times_redeemed: code.times_redeemed + 1 });
  }
  const { created: start, livemode: _livemode, ...base } = newBase(core, 'di', 'discount');
  const months = coupon.duration_in_months ?? 0;
  return core.state.put<Discount>({
    ...base,
    checkout_session: owner.session ?? null,
    customer: owner.customer,
    customer_account: null,
    end:
      coupon.duration === 'repeating'
        ? addIntervals(start, { interval: 'month', interval_count: 1 }, months)
        : null,
    invoice: owner.invoice ?? null,
    invoice_item: null,
    promotion_code: promotionCode,
    source: { coupon: couponId, type: 'coupon' },
    start,
    subscription: owner.subscription ?? null,
    subscription_item: null,
  });
}

export function amountOff(coupon: Pick<Coupon, 'percent_off' | 'amount_off'>, amount: number): number {
  if (amount <= 0) return 0;
  if (coupon.percent_off !== null) return Math.round((amount * coupon.percent_off) / 100);
  return Math.min(amount, coupon.amount_off ?? 0);
}

/** The discounts that are in force, each with what it takes off, one after the other. */
export async function applyDiscounts(
  core: SandboxCore,
  discountIds: string[],
  amount: number,
): Promise<{ amount: number; discount: string }[]> {
  const applied: { amount: number; discount: string }[] = [];
  let left = amount;
  for (const id of discountIds) {
    const discount = await core.state.find<Discount>('discount', id);
    if (!discount || (discount.end !== null && discount.end <= core.now())) continue;
    const coupon = await core.state.find<Coupon>('coupon', String(discount.source.coupon));
    if (!coupon) continue;
    const off = amountOff(coupon, left);
    left -= off;
    applied.push({ amount: off, discount: id });
  }
  return applied;
}

/** A coupon `once` is over with the first invoice that used it. */
export async function dropUsedUp(core: SandboxCore, discountIds: string[]): Promise<string[]> {
  const kept: string[] = [];
  for (const id of discountIds) {
    const discount = await core.state.find<Discount>('discount', id);
    const coupon = discount && (await core.state.find<Coupon>('coupon', String(discount.source.coupon)));
    if (!discount || !coupon || coupon.duration === 'once') continue;
    if (discount.end === null || discount.end > core.now()) kept.push(id);
  }
  return kept;
}

/** Discounts as parameters name them: new ones of coupons and codes, or ones that are there already. */
export async function redeemParams(
  core: SandboxCore,
  params: DiscountParam[] | '' | null | undefined,
  before: string[],
  owner: { customer: Customer['id']; subscription?: string; invoice?: string },
): Promise<string[]> {
  if (params === undefined) return before;
  if (!params) return [];
  const ids: string[] = [];
  for (const param of params) {
    if (param.discount) ids.push(param.discount);
    else ids.push((await redeemCoupon(core, await resolveCoupon(core, param), owner)).id);
  }
  return ids;
}

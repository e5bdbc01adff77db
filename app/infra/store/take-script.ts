/**
 * The sliding window of `sliding-window.ts` inside Redis: one script for all limits, so that all
 * or none are taken. One hash per key, one field per window length, holding
 * `{ newestStart, time, units, time, units, … }`.
 *
 * The keys of one call carry no common hash tag, so this wants one primary (with replicas, or a
 * proxy that routes whole scripts). On Redis Cluster the choice is one script per limit, which
 * gives up all-or-nothing, or a tag per organization, which puts a busy one on one node.
 *
 * ARGV: now, cost, taking (1 | 0), then limit and windowMs per key.
 * Returns: allowed, index of the deciding limit (1-based), remaining, retryAfterMs, resetMs.
 */
export const TAKE_SCRIPT = `
local now, cost, taking = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local EXACT_UNITS, MERGE_FRACTION, SLACK_MS = 64, 64, 60000
local logs, used, dirty = {}, {}, {}
local refused, refusedWait, tightest, tightestRemaining = 0, -1, 0, math.huge

local function limitOf(i) return tonumber(ARGV[2 + 2 * i]) end
local function windowOf(i) return tonumber(ARGV[3 + 2 * i]) end

local function load(i)
  local packed = redis.call('HGET', KEYS[i], ARGV[3 + 2 * i])
  if not packed then return { 0 }, 0 end
  local stored, log, total, window = cmsgpack.unpack(packed), {}, 0, windowOf(i)
  log[1] = stored[1]
  for n = 2, #stored, 2 do
    if stored[n] + window > now then
      log[#log + 1] = stored[n]
      log[#log + 1] = stored[n + 1]
      total = total + stored[n + 1]
    end
  end
  return log, total
end

local function waitFor(i)
  local window, excess, log = windowOf(i), used[i] + cost - limitOf(i), logs[i]
  if cost > limitOf(i) then return window end
  for n = 2, #log, 2 do
    excess = excess - log[n + 1]
    if excess <= 0 then return log[n] + window - now end
  end
  return window
end

local function record(i)
  local log, window, limit = logs[i], windowOf(i), limitOf(i)
  local size, at = #log, now
  if size > 1 and log[size - 1] > at then at = log[size - 1] end
  local quantum = 0
  if limit > EXACT_UNITS then quantum = window / MERGE_FRACTION end
  if size > 1 and (at == log[size - 1] or at - log[1] < quantum) then
    log[size - 1] = at
    log[size] = log[size] + cost
  else
    log[1] = at
    log[size + 1] = at
    log[size + 2] = cost
  end
  used[i] = used[i] + cost
  redis.call('HSET', KEYS[i], ARGV[3 + 2 * i], cmsgpack.pack(log))
  local lifetime = math.ceil(window * 2 + SLACK_MS)
  if redis.call('PTTL', KEYS[i]) < lifetime then redis.call('PEXPIRE', KEYS[i], lifetime) end
end

for i = 1, #KEYS do
  logs[i], used[i] = load(i)
  local remaining = limitOf(i) - used[i]
  if remaining < cost then
    local wait = waitFor(i)
    if wait > refusedWait then refused, refusedWait = i, wait end
  elseif remaining < tightestRemaining then
    tightest, tightestRemaining = i, remaining
  end
end

local decider = tightest
if refused > 0 then
  decider = refused
elseif taking and cost > 0 then
  for i = 1, #KEYS do record(i) end
end
local log, wait = logs[decider], 0
if refused > 0 then wait = refusedWait end
local reset = 0
if #log > 1 then reset = math.max(0, log[#log - 1] + windowOf(decider) - now) end
return {
  refused > 0 and 0 or 1,
  decider,
  math.max(0, limitOf(decider) - used[decider]),
  math.ceil(wait),
  math.ceil(reset),
}
`;

/**
 * The sliding window of `sliding-window.ts` inside Redis: one script for all limits, so that all
 * or none are taken. One hash per key, one field per window length, holding
 * `{ newestStart, latest, time, units, time, units, … }`. `latest` is the latest time that anything was
 * logged at: a take that was under way for long counts from then, as older entries are gone already.
 *
 * Besides its cost a call may take a slice that its process spends by itself for `leaseMs`. A slice is
 * logged at the end of that time, so every unit counts for at least a window from when it is spent;
 * what was not spent comes back as `returned`, out of the entry it was logged in.
 *
 * The keys of one call carry no common hash tag, so this wants one primary (with replicas, or a
 * proxy that routes whole scripts). On Redis Cluster the choice is one script per limit, which
 * gives up all-or-nothing, or a tag per organization, which puts a busy one on one node.
 *
 * ARGV: now, cost, taking (1 | 0), then per key: limit, windowMs, wanted slice, leaseMs, units to log
 * without asking, count of returns, and time and units of each.
 * Returns: allowed, index of the refusing limit (1-based, 0: none), retryAfterMs, then per key: remaining,
 * resetMs, slice, and the time the slice is logged at.
 */
export const TAKE_SCRIPT = `
local now, cost, taking = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local EXACT_UNITS, MERGE_FRACTION, SLACK_MS, MIN_SLICE, SLICE_FRACTION = 64, 64, 60000, 4, 8
local limits, windows, wanted, leases, clocks = {}, {}, {}, {}, {}
local logs, used, dirty, slices, stamps = {}, {}, {}, {}, {}
local refused, refusedWait, cursor = 0, -1, 4

local function take()
  cursor = cursor + 1
  return tonumber(ARGV[cursor - 1])
end

local function load(i)
  local packed = redis.call('HGET', KEYS[i], windows[i])
  logs[i], used[i], clocks[i] = { 0, now }, 0, now
  if not packed then return end
  local stored, log = cmsgpack.unpack(packed), logs[i]
  clocks[i] = math.max(now, stored[2])
  log[1], log[2] = stored[1], clocks[i]
  for n = 3, #stored, 2 do
    if stored[n] + windows[i] > clocks[i] then
      log[#log + 1] = stored[n]
      log[#log + 1] = stored[n + 1]
      used[i] = used[i] + stored[n + 1]
    end
  end
end

local function giveBack(i, at, units)
  local log = logs[i]
  for n = 3, #log, 2 do
    if log[n] >= at and units > 0 then
      local removed = math.min(units, log[n + 1])
      log[n + 1] = log[n + 1] - removed
      used[i] = used[i] - removed
      units = units - removed
    end
  end
end

local function record(i, at, units)
  local log, quantum = logs[i], 0
  local size = #log
  if size > 2 and log[size - 1] > at then at = log[size - 1] end
  if limits[i] > EXACT_UNITS then quantum = windows[i] / MERGE_FRACTION end
  if size > 2 and (at == log[size - 1] or at - log[1] < quantum) then
    log[size - 1] = at
    log[size] = log[size] + units
  else
    log[1] = at
    log[size + 1] = at
    log[size + 2] = units
  end
  used[i] = used[i] + units
  dirty[i] = true
  return at
end

local function waitFor(i)
  local window, excess, log = windows[i], used[i] + cost - limits[i], logs[i]
  if cost > limits[i] then return window end
  for n = 3, #log, 2 do
    excess = excess - log[n + 1]
    if excess <= 0 then return log[n] + window - clocks[i] end
  end
  return window
end

for i = 1, #KEYS do
  limits[i], windows[i], wanted[i], leases[i] = take(), take(), take(), take()
  slices[i], stamps[i] = 0, 0
  load(i)
  local owed = take()
  if owed > 0 then record(i, clocks[i], owed) end
  for _ = 1, take() do
    giveBack(i, take(), take())
    dirty[i] = true
  end
  if limits[i] - used[i] < cost then
    local wait = waitFor(i)
    if wait > refusedWait then refused, refusedWait = i, wait end
  end
end

if refused == 0 and taking then
  for i = 1, #KEYS do
    if cost > 0 then record(i, clocks[i], cost) end
    local slice = math.min(wanted[i], math.floor((limits[i] - used[i]) / SLICE_FRACTION))
    if slice >= MIN_SLICE then
      slices[i] = slice
      stamps[i] = record(i, clocks[i] + leases[i], slice)
    end
  end
end

local reply = { refused > 0 and 0 or 1, refused, math.ceil(math.max(0, refusedWait)) }
for i = 1, #KEYS do
  local log, reset = logs[i], 0
  if dirty[i] then
    redis.call('HSET', KEYS[i], windows[i], cmsgpack.pack(log))
    local lifetime = math.ceil(windows[i] * 2 + SLACK_MS)
    if redis.call('PTTL', KEYS[i]) < lifetime then redis.call('PEXPIRE', KEYS[i], lifetime) end
  end
  if #log > 2 then reset = math.max(0, log[#log - 1] + windows[i] - clocks[i]) end
  reply[#reply + 1] = math.max(0, limits[i] - used[i])
  reply[#reply + 1] = math.ceil(reset)
  reply[#reply + 1] = slices[i]
  reply[#reply + 1] = stamps[i]
end
return reply
`;

-- All limits of one call in one step: every one admits it, or none is charged.
--
-- KEYS: one a charge. ARGV: now in milliseconds, the reservation's name, then four a charge: "slot" or "window", the
-- window in milliseconds, the cap, the amount. Returns 1 or 0 for admitted, then three a charge, as they stand after the
-- decision: window index, previous and current count; for slots: 0, 0 and how many are taken.
--
-- The arithmetic is deepspace_core/policy/window.py's; one contract suite holds both to it. Numbers are doubles here:
-- exact while count x window stays below 2^53 (100 million tokens in a day), off by one token beyond.

local now = tonumber(ARGV[1])
local reservation = ARGV[2]
local counts = {}
local admitted = true

local function charge_of(n)
    local at = 2 + (n - 1) * 4
    return ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
end

local function rolled(key, index)
    local stored = redis.call('HMGET', key, 'i', 'p', 'c')
    local at, previous, current = tonumber(stored[1]), tonumber(stored[2]), tonumber(stored[3])
    if at == nil or index > at + 1 then
        return index, 0, 0
    elseif index == at + 1 then
        return index, current, 0
    end
    return at, previous, current
end

for n, key in ipairs(KEYS) do
    local kind, window, cap, amount = charge_of(n)
    local taken
    if kind == 'slot' then
        redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
        taken = redis.call('ZCARD', key)
        counts[n] = {0, 0, taken}
    else
        local index, previous, current = rolled(key, math.floor(now / window))
        local left = math.max(0, window - math.max(0, now - index * window))
        taken = current + math.ceil(previous * left / window)
        counts[n] = {index, previous, current}
    end
    if taken + amount > cap then
        admitted = false
    end
end

if admitted then
    for n, key in ipairs(KEYS) do
        local kind, window, _, amount = charge_of(n)
        local count = counts[n]
        count[3] = count[3] + amount
        if kind == 'slot' then
            redis.call('ZADD', key, now + window, reservation)
            redis.call('PEXPIRE', key, window)
        else
            redis.call('HSET', key, 'i', count[1], 'p', count[2], 'c', count[3])
            redis.call('PEXPIRE', key, 2 * window)
        end
    end
end

local reply = {admitted and 1 or 0}
for n = 1, #KEYS do
    for part = 1, 3 do
        reply[#reply + 1] = counts[n][part]
    end
end
return reply

-- Calls in a row, one after another: "admit" charges all limits of a call or none, "settle" mends what was charged once
-- it is known what the call really used, and gives its slots back.
--
-- KEYS: one a charge, call after call. ARGV, a call: its verb, the time in milliseconds ("settle": when it was
-- charged), the reservation's name and the number of its charges; then four a charge: "slot" or "window", the window in
-- milliseconds, the cap, and the amount ("settle": by how much the charge was wrong).
--
-- Returns a list a call. "admit": 1 or 0 for admitted, then three a charge as they stand after the decision: window
-- index, previous and current count; for slots 0, 0 and how many are taken. "settle": 1; a window that has passed is
-- left alone.
--
-- The arithmetic is deepspace_core/policy/window.py's; one contract suite holds both to it. Numbers are doubles here:
-- exact while count x window stays below 2^53 (100 million tokens in a day), off by one token beyond.

local CALL_FIELDS, CHARGE_FIELDS = 4, 4

local function charge_at(at)
    return ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
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

-- What is counted under `key`, as the reply tells it, and how much of the cap that takes.
local function counted(key, kind, window, now)
    if kind == 'slot' then
        redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
        local taken = redis.call('ZCARD', key)
        return {0, 0, taken}, taken
    end
    local index, previous, current = rolled(key, math.floor(now / window))
    local left = math.max(0, window - math.max(0, now - index * window))
    return {index, previous, current}, current + math.ceil(previous * left / window)
end

local function admit(now, reservation, charges, first_key, first_charge)
    local counts, admitted = {}, true
    for n = 0, charges - 1 do
        local kind, window, cap, amount = charge_at(first_charge + n * CHARGE_FIELDS)
        local count, taken = counted(KEYS[first_key + n], kind, window, now)
        counts[n] = count
        admitted = admitted and taken + amount <= cap
    end
    if admitted then
        for n = 0, charges - 1 do
            local kind, window, _, amount = charge_at(first_charge + n * CHARGE_FIELDS)
            local key, count = KEYS[first_key + n], counts[n]
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
    for n = 0, charges - 1 do
        for part = 1, 3 do
            reply[#reply + 1] = counts[n][part]
        end
    end
    return reply
end

local function settle(charged_at, reservation, charges, first_key, first_charge)
    for n = 0, charges - 1 do
        local kind, window, _, delta = charge_at(first_charge + n * CHARGE_FIELDS)
        local key = KEYS[first_key + n]
        if kind == 'slot' then
            redis.call('ZREM', key, reservation)
        elseif delta ~= 0 then
            local stored = redis.call('HMGET', key, 'i', 'p', 'c')
            local index = tonumber(stored[1])
            local charged_in = math.floor(charged_at / window)
            if index == charged_in then
                redis.call('HSET', key, 'c', math.max(0, tonumber(stored[3]) + delta))
            elseif index == charged_in + 1 then
                redis.call('HSET', key, 'p', math.max(0, tonumber(stored[2]) + delta))
            end
        end
    end
    return {1}
end

local verbs = {admit = admit, settle = settle}
local replies, at, key = {}, 1, 1
while at <= #ARGV do
    local charges = tonumber(ARGV[at + 3])
    replies[#replies + 1] = verbs[ARGV[at]](tonumber(ARGV[at + 1]), ARGV[at + 2], charges, key, at + CALL_FIELDS)
    at = at + CALL_FIELDS + charges * CHARGE_FIELDS
    key = key + charges
end
return replies

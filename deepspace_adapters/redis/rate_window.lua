-- Calls in a row, one after another: "admit" charges all limits of a call or none, "settle" mends what was charged once
-- it is known what the call really used, and gives its slots back.
--
-- ARGV[1]: a list of calls in MessagePack, since one argument costs whoever sends it a fraction of what forty do. A call
-- is a flat list: its verb, the time in milliseconds ("settle": when it was charged), the reservation's name; then five
-- a charge: key, "slot" or "window", the window in milliseconds, the cap, and the amount ("settle": by how much the
-- charge was wrong). The keys are not in KEYS: that is for a cluster, and this is for one Redis.
--
-- Returns a list a call. "admit": 1 or 0 for admitted, then three a charge as they stand after the decision: window
-- index, previous and current count; for slots 0, 0 and how many are taken. "settle": 1; a window that has passed is
-- left alone.
--
-- Each key is read once and written once, whatever the number of calls: between them it is kept here, as the calls
-- before have left it. Slots whose lease is over are therefore looked for at the time of the first call only.
--
-- The arithmetic is deepspace_core/policy/window.py's; one contract suite holds both to it. Numbers are doubles here:
-- exact while count x window stays below 2^53 (100 million tokens in a day), off by one token beyond.

local FIRST_CHARGE, CHARGE_FIELDS = 4, 5
local SLOTS_A_WRITE = 1000

local windows, slots = {}, {}

local function window_of(key)
    local window = windows[key]
    if window == nil then
        local stored = redis.call('HMGET', key, 'i', 'p', 'c')
        window = {tonumber(stored[1]), tonumber(stored[2]), tonumber(stored[3])}
        windows[key] = window
    end
    return window
end

local function slots_of(key, now)
    local found = slots[key]
    if found == nil then
        redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
        found = {taken = redis.call('ZCARD', key), given = {}}
        slots[key] = found
    end
    return found
end

local function rolled(window, index)
    local at = window[1]
    if at == nil or index > at + 1 then
        return index, 0, 0
    elseif index == at + 1 then
        return index, window[3], 0
    end
    return at, window[2], window[3]
end

-- What is counted under `key`, as the reply tells it, and how much of the cap that takes.
local function counted(key, kind, window_ms, now)
    if kind == 'slot' then
        local taken = slots_of(key, now).taken
        return {0, 0, taken}, taken
    end
    local index, previous, current = rolled(window_of(key), math.floor(now / window_ms))
    local left = math.max(0, window_ms - math.max(0, now - index * window_ms))
    return {index, previous, current}, current + math.ceil(previous * left / window_ms)
end

local function charge(call, at, count)
    local key, window_ms = call[at], call[at + 2]
    count[3] = count[3] + call[at + 4]
    if call[at + 1] == 'slot' then
        local found = slots[key]
        found.taken, found.lease = count[3], window_ms
        found.given[#found.given + 1] = call[2] + window_ms
        found.given[#found.given + 1] = call[3]
    else
        local window = windows[key]
        window[1], window[2], window[3] = count[1], count[2], count[3]
        window.changed, window.lasts = true, 2 * window_ms
    end
end

local function admit(call)
    local counts, admitted = {}, true
    for at = FIRST_CHARGE, #call, CHARGE_FIELDS do
        local count, taken = counted(call[at], call[at + 1], call[at + 2], call[2])
        counts[#counts + 1] = count
        admitted = admitted and taken + call[at + 4] <= call[at + 3]
    end
    local reply = {admitted and 1 or 0}
    for n, count in ipairs(counts) do
        if admitted then
            charge(call, FIRST_CHARGE + (n - 1) * CHARGE_FIELDS, count)
        end
        for part = 1, 3 do
            reply[#reply + 1] = count[part]
        end
    end
    return reply
end

local function give_back(key, reservation)
    local removed, found = redis.call('ZREM', key, reservation), slots[key]
    if found ~= nil then
        found.taken = found.taken - removed
    end
end

local function mend(key, charged_in, delta)
    local window = window_of(key)
    local part = window[1] == charged_in and 3 or window[1] == charged_in + 1 and 2 or nil
    if part ~= nil then
        window[part] = math.max(0, window[part] + delta)
        window.changed = true
    end
end

local function settle(call)
    for at = FIRST_CHARGE, #call, CHARGE_FIELDS do
        if call[at + 1] == 'slot' then
            give_back(call[at], call[3])
        elseif call[at + 4] ~= 0 then
            mend(call[at], math.floor(call[2] / call[at + 2]), call[at + 4])
        end
    end
    return {1}
end

local function write()
    for key, window in pairs(windows) do
        if window.changed then
            redis.call('HSET', key, 'i', window[1], 'p', window[2], 'c', window[3])
        end
        if window.lasts then
            redis.call('PEXPIRE', key, window.lasts)
        end
    end
    for key, found in pairs(slots) do
        for first = 1, #found.given, SLOTS_A_WRITE do
            redis.call('ZADD', key, unpack(found.given, first, math.min(first + SLOTS_A_WRITE - 1, #found.given)))
        end
        if found.lease then
            redis.call('PEXPIRE', key, found.lease)
        end
    end
end

local verbs, replies = {admit = admit, settle = settle}, {}
for n, call in ipairs(cmsgpack.unpack(ARGV[1])) do
    replies[n] = verbs[call[1]](call)
end
write()
return replies

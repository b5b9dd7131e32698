-- What a call really used, in the windows it was charged to; its slots are given back.
--
-- KEYS: one a charge. ARGV: when it was charged in milliseconds, the reservation's name, then three a charge: "slot" or
-- "window", the window in milliseconds, and by how much the charge was wrong. A window that has passed is left alone.

local charged_at = tonumber(ARGV[1])

for n, key in ipairs(KEYS) do
    local at = 2 + (n - 1) * 3
    local kind, window, delta = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    if kind == 'slot' then
        redis.call('ZREM', key, ARGV[2])
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
return 1

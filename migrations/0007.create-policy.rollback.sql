DROP TABLE ip_rules;
DROP TABLE rate_limits;

DROP TABLE channel_checks;

-- depends: 0019.sum-usage

DROP TABLE invitations;

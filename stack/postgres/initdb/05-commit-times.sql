-- When a transaction became visible to others: what a board shows at a moment is judged by it. Set before the real start.
ALTER SYSTEM SET track_commit_timestamp = on;

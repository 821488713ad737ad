module anyarchive

go 1.19

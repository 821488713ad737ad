module anyarchive.example/throughput

go 1.19

require anyarchive v0.0.0

replace anyarchive => ../../../languages/go

module key-pairs-go

go 1.24

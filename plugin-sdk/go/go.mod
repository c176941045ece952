module yumen/plugin

go 1.24

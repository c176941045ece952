module example.com/add-tenant

go 1.24

require yumen/plugin v0.1.0

replace yumen/plugin => ./yumen

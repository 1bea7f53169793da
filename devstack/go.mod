module holdfast/devstack

go 1.26.8

require holdfast v0.0.0

replace holdfast => ../

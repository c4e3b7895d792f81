// priz/sim.hpp: the simulator: networks in memory, on which programs run unchanged and every run
// can be had again by its seed.
#pragma once

#include "priz/sim/network.hpp"
#include "priz/sim/options.hpp"

// verdicts.hpp: proves that a fuzz target's corpus reaches both verdicts of a reader.
//
// A target that is held against an oracle proves nothing while every input is refused. Each reader
// notes its verdicts; a program that ends having seen some, but only one kind, aborts. A run over a
// single input, as one reproduces a finding with, is let pass.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace fuzz {

class verdicts {
public:
    verdicts() = default;
    verdicts(const verdicts&) = delete;
    verdicts& operator=(const verdicts&) = delete;
    ~verdicts() {
        const bool one_sided = accepted_ == 0 || refused_ == 0;
        if (accepted_ + refused_ < 2 || !one_sided) return;
        std::fprintf(stderr, "%llu accepted, %llu refused: the corpus shows one side only\n",
                     accepted_, refused_);
        std::abort();
    }

    // Counts a verdict and returns it.
    bool note(bool accepted) noexcept {
        ++(accepted ? accepted_ : refused_);
        return accepted;
    }

private:
    unsigned long long accepted_ = 0;
    unsigned long long refused_ = 0;
};

}  // namespace fuzz

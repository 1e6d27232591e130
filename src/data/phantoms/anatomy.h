// Shared by scene and drawing: where lesions fit into an organ.
#pragma once
#include "llama32med/data/phantoms.h"

namespace llama32med {

struct LesionField {
  double x, y, step;  // center of the right half's three places (mirrored for the left), and their distance
};

inline LesionField lesion_field(PhantomLook look, PhantomOrgan organ) {
  const bool clinic = look == PhantomLook::kClinic;
  switch (organ) {
    case PhantomOrgan::kChest:
      return {clinic ? 0.45 : 0.43, clinic ? -0.04 : 0.02, 0.37};
    case PhantomOrgan::kBrain:
      return {clinic ? 0.36 : 0.38, 0.0, 0.37};
    default:
      return {clinic ? 0.46 : 0.44, clinic ? 0.02 : -0.03, 0.36};
  }
}

}  // namespace llama32med

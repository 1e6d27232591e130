// How idle threads wait for work: asleep, unless the environment says otherwise.
//
// libtorch's OpenMP lets idle threads spin for milliseconds. Where other programs use the same cores, a spinning thread
// takes the time that the working one needs: two threads can be ten times slower than one. OpenMP reads the variable
// OMP_WAIT_POLICY while libraries are loaded, before main(). Therefore wait_policy.cpp starts the program again, with
// that variable, before any library has been initialized. This costs some 15 ms.
#pragma once

namespace llama32med {

// Removes from the environment what that start added, so that child processes get what the user set.
void restore_environment();

}  // namespace llama32med

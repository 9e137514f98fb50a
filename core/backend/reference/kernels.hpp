#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/backend/device.hpp"

namespace gb::reference {

/// A kernel as a function of its bound operation.
template <class T>
using Compute = void (*)(const Operation&);
template <class T>
using KernelTable = std::map<std::string, Compute<T>>;

/// Each file of this folder adds its operators.
template <class T>
void add_gemm_kernels(KernelTable<T>& table);
template <class T>
void add_elementwise_kernels(KernelTable<T>& table);
template <class T>
void add_noise_kernels(KernelTable<T>& table);
template <class T>
void add_loss_kernels(KernelTable<T>& table);
template <class T>
void add_convolution_kernels(KernelTable<T>& table);
template <class T>
void add_pooling_kernels(KernelTable<T>& table);
template <class T>
void add_normalization_kernels(KernelTable<T>& table);
template <class T>
void add_spectral_kernels(KernelTable<T>& table);
template <class T>
void add_layout_kernels(KernelTable<T>& table);

}  // namespace gb::reference

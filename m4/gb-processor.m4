# SPDX-License-Identifier: MIT
# GB_PROCESSOR: which twin of the files that depend on the processor is built.  The portable
# one works everywhere (no trapping of system calls, no single-stepping).
AC_DEFUN([GB_PROCESSOR], [
AC_ARG_ENABLE([portable], [AS_HELP_STRING([--enable-portable],
  [build the portable files even where there are some for this processor])],
  [], [enable_portable=no])
AS_CASE([$host_cpu:$enable_portable],
  [x86_64:no], [gb_machine=x86_64],
  [gb_machine=portable])
AM_CONDITIONAL([MACHINE_X86_64], [test $gb_machine = x86_64])
])

/**
 * The functions the runtime offers to programs, as far as they are stable on every cluster. A call of anything else (`memcpy`
 * that the compiler slipped in, a misspelt name) is refused here instead of when the program is deployed.
 * Source: the runtime's syscall registration, https://github.com/anza-xyz/agave/tree/master/syscalls
 */
export const SYSCALLS: ReadonlySet<string> = new Set([
  'abort',
  'sol_panic_',
  'sol_log_',
  'sol_log_64_',
  'sol_log_compute_units_',
  'sol_log_pubkey',
  'sol_log_data',
  'sol_create_program_address',
  'sol_try_find_program_address',
  'sol_sha256',
  'sol_keccak256',
  'sol_secp256k1_recover',
  'sol_get_clock_sysvar',
  'sol_get_epoch_schedule_sysvar',
  'sol_get_rent_sysvar',
  'sol_memcpy_',
  'sol_memmove_',
  'sol_memcmp_',
  'sol_memset_',
  'sol_invoke_signed_c',
  'sol_set_return_data',
  'sol_get_return_data',
  'sol_get_stack_height',
]);

/* Generated from impl/adapters/solana/codec by impl/program/build.ts. Do not edit. */
#pragma once

#define MAX_CO_AUTHORS 16
#define PAGE_ENTRIES 64
#define CHOIR_DECIMALS 9
#define LAYOUT_VERSION 1

#define SYSTEM_PROGRAM {{0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}}
#define TOKEN_PROGRAM {{0x93a165d7e1f6dd06, 0xac79ebce46e1cbd9, 0x91375b5fed85b41c, 0xa900ff7e85f58c3a}}
#define ASSOCIATED_TOKEN_PROGRAM {{0xf189244e8f25978c, 0x830d8e1429103dbb, 0x8410ffda99135a0b, 0x59f8e9dbd87b8e04}}

#define SEED_CONFIG "config"
#define SEED_TREASURY "treasury"
#define SEED_THREAD "thread"
#define SEED_VAULT "vault"
#define SEED_PAGE "page"
#define SEED_MESSAGE "message"
#define SEED_SPEC "spec"
#define SEED_ESCROW "escrow"
#define INSTRUCTION_INITIALIZE 0
#define INSTRUCTION_CREATE_THREAD 1
#define INSTRUCTION_POST_MESSAGE 2
#define INSTRUCTION_SUBMIT_SPEC 3
#define INSTRUCTION_VOTE 4
#define INSTRUCTION_SETTLE 5
#define INSTRUCTION_DIVEST 6
#define INSTRUCTION_SIZE_INITIALIZE 13
#define INSTRUCTION_SIZE_CREATE_THREAD 33
#define INSTRUCTION_SIZE_POST_MESSAGE 65
#define INSTRUCTION_SIZE_SUBMIT_SPEC 73
#define INSTRUCTION_SIZE_VOTE 98
#define INSTRUCTION_SIZE_SETTLE 97
#define INSTRUCTION_SIZE_DIVEST 33
#define CHOICE_DENY 0
#define CHOICE_APPROVE 1
#define STATUS_OPEN 0
#define STATUS_APPROVED 1
#define STATUS_DENIED 2
#define STATUS_SPLIT 3
#define STATUS_EXPIRED 4
#define STATUS_RETURNED 5
#define EVENT_THREAD_CREATED 1
#define EVENT_MESSAGE_POSTED 2
#define EVENT_SPEC_SUBMITTED 3
#define EVENT_VOTED 4
#define EVENT_SETTLED 5
#define EVENT_DIVESTED 6
#define EVENT_SIZE_THREAD_CREATED 88
#define EVENT_SIZE_MESSAGE_POSTED 124
#define EVENT_SIZE_SPEC_SUBMITTED 136
#define EVENT_SIZE_VOTED 153
#define EVENT_SIZE_SETTLED 128
#define EVENT_SIZE_DIVESTED 96
#define EVENT_AT_KIND 0
#define EVENT_AT_LAYOUT 1
#define EVENT_AT_VERSION 8
#define EVENT_AT_VAULT 16
#define EVENT_AT_THREAD 24
#define EVENT_AT_BODY 56
#define TAG_CONFIG 1
#define TAG_THREAD 2
#define TAG_PAGE 3
#define TAG_MESSAGE 4
#define TAG_SPEC 5
#define CONFIG_AT_BUMP 2
#define CONFIG_AT_TREASURY_BUMP 3
#define CONFIG_AT_TIME_TO_LIVE 4
#define CONFIG_AT_MINIMUM_STAKE 8
#define CONFIG_AT_MINT 16
#define CONFIG_AT_TREASURY 48
#define CONFIG_AT_SIZE 80
#define THREAD_AT_BUMP 2
#define THREAD_AT_VAULT_BUMP 3
#define THREAD_AT_CO_AUTHOR_COUNT 4
#define THREAD_AT_VERSION 8
#define THREAD_AT_VAULT 16
#define THREAD_AT_CREATED_SLOT 24
#define THREAD_AT_UPDATED_SLOT 32
#define THREAD_AT_MESSAGE_COUNT 40
#define THREAD_AT_OPEN_SPECS 44
#define THREAD_AT_ID 48
#define THREAD_AT_HASH_CHAIN 80
#define THREAD_AT_TOKEN_BUMPS 112
#define THREAD_AT_CO_AUTHORS 128
#define THREAD_AT_SIZE 640
#define PAGE_AT_BUMP 2
#define PAGE_AT_COUNT 3
#define PAGE_AT_INDEX 4
#define PAGE_AT_THREAD 8
#define PAGE_AT_ENTRIES 40
#define PAGE_AT_SIZE 4392
#define PAGE_ENTRY_AT_HASH 0
#define PAGE_ENTRY_AT_AUTHOR 32
#define PAGE_ENTRY_AT_SEQUENCE 64
#define PAGE_ENTRY_AT_SIZE 68
#define MESSAGE_AT_BUMP 2
#define MESSAGE_AT_SEQUENCE 4
#define MESSAGE_AT_VERSION 8
#define MESSAGE_AT_THREAD 16
#define MESSAGE_AT_HASH 48
#define MESSAGE_AT_AUTHOR 80
#define MESSAGE_AT_SIZE 112
#define SPEC_AT_BUMP 2
#define SPEC_AT_ESCROW_BUMP 3
#define SPEC_AT_STATUS 4
#define SPEC_AT_VOTER_COUNT 5
#define SPEC_AT_AUTHOR_TOKEN_BUMP 6
#define SPEC_AT_APPROVALS 8
#define SPEC_AT_DENIALS 10
#define SPEC_AT_STAKE 16
#define SPEC_AT_EXPIRES_AT 24
#define SPEC_AT_THREAD 32
#define SPEC_AT_HASH 64
#define SPEC_AT_AUTHOR 96
#define SPEC_AT_TOKEN_BUMPS 128
#define SPEC_AT_VOTERS 144
#define SPEC_AT_SIZE 656
#define TOKEN_ACCOUNT_AT_MINT 0
#define TOKEN_ACCOUNT_AT_OWNER 32
#define TOKEN_ACCOUNT_AT_AMOUNT 64
#define TOKEN_ACCOUNT_AT_STATE 108
#define TOKEN_ACCOUNT_AT_SIZE 165
#define TOKEN_MINT_AT_DECIMALS 44
#define TOKEN_MINT_AT_INITIALIZED 45
#define TOKEN_MINT_AT_SIZE 82

#define ERROR_UNKNOWN_INSTRUCTION 100 /* the first byte of the instruction data names no instruction (expected 0 to 6) */
#define ERROR_WRONG_INSTRUCTION_LENGTH 101 /* the instruction data is shorter or longer than this instruction takes */
#define ERROR_WRONG_ACCOUNT_COUNT 102 /* this instruction takes another number of accounts */
#define ERROR_MISSING_SIGNER 103 /* an account that must sign has not signed */
#define ERROR_ACCOUNT_NOT_WRITABLE 104 /* an account that must be writable is not */
#define ERROR_WRONG_ACCOUNT_OWNER 105 /* an account belongs to another program than expected */
#define ERROR_WRONG_ACCOUNT_KIND 106 /* an account of the program has another kind, size or layout than expected */
#define ERROR_WRONG_ADDRESS 107 /* an account is not at the address that its seeds derive */
#define ERROR_WRONG_PROGRAM 108 /* the System or SPL Token program was expected in this place */
#define ERROR_INVALID_MINT 109 /* the mint is not an initialized SPL Token mint with 9 decimals, or not the configured one */
#define ERROR_TOKEN_ACCOUNT_INVALID 110 /* the wallet's associated token account does not exist, is frozen, or has another owner */
#define ERROR_INVALID_CHOICE 111 /* a vote is 0 (deny) or 1 (approve) */
#define ERROR_UNSUPPORTED_RENT 112 /* the rent sysvar holds an exemption threshold other than 1.0 or 2.0 */
#define ERROR_ARITHMETIC_OVERFLOW 113 /* a counter, time or amount would exceed its range */
#define ERROR_INVALID_PAYER 114 /* who pays for new accounts must be an ordinary wallet: owned by the System program, without data */
#define ERROR_INSUFFICIENT_LAMPORTS 115 /* the payer cannot pay the rent of the accounts to be created */
#define ERROR_NOT_INITIALIZED 200 /* the program has no configuration yet */
#define ERROR_ALREADY_INITIALIZED 201 /* the program is configured already; that happens once */
#define ERROR_MINIMUM_STAKE_ZERO 202 /* the minimum stake must be at least 1 base unit */
#define ERROR_TIME_TO_LIVE_ZERO 203 /* a spec's time to live must be at least 1 second */
#define ERROR_THREAD_NOT_FOUND 204 /* no thread with this id exists */
#define ERROR_THREAD_ALREADY_EXISTS 205 /* a thread with this id exists already */
#define ERROR_NOT_CO_AUTHOR 206 /* the signer is not a co-author of the thread */
#define ERROR_LAST_CO_AUTHOR 207 /* the last co-author cannot leave */
#define ERROR_THREAD_FULL 208 /* the thread has 16 co-authors, the most it can have */
#define ERROR_HASH_ALREADY_RECORDED 209 /* the thread has recorded this content hash already */
#define ERROR_WRONG_PAGE 210 /* the next message goes to another page account; prepare the transaction again */
#define ERROR_AUTHOR_IS_CO_AUTHOR 211 /* a co-author posts directly and submits no spec */
#define ERROR_STAKE_BELOW_MINIMUM 212 /* the stake is below the configured minimum */
#define ERROR_INSUFFICIENT_FUNDS 213 /* the author's token account does not hold the stake */
#define ERROR_SPEC_NOT_FOUND 214 /* no spec of this author with this content exists in the thread */
#define ERROR_SPEC_ALREADY_OPEN 215 /* this spec is submitted already and still open */
#define ERROR_SPEC_ALREADY_SETTLED 216 /* this spec is settled already */
#define ERROR_SPEC_EXPIRED 217 /* the spec has expired; it can only be settled */
#define ERROR_NOT_A_VOTER 218 /* the signer was not a co-author when the spec was submitted */
#define ERROR_ALREADY_VOTED 219 /* the signer has voted on this spec already */
#define ERROR_NOT_DECIDED 220 /* a co-author has yet to vote and the spec has not expired */

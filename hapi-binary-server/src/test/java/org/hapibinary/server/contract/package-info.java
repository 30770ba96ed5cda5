/**
 * What holds on several hosts: tests that a class {@code …Test} takes over by implementing or extending a contract.
 * Here are what a server says as a whole, and the sets of contracts that hosts have in common.
 */
@NullMarked
package org.hapibinary.server.contract;

import org.jspecify.annotations.NullMarked;

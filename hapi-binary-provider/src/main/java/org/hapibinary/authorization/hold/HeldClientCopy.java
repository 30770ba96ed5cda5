/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.hold;

import java.util.Set;

/**
 * The list of the clients on hold as it was at some moment.
 *
 * @param keys of these clients
 * @param readAt a moment before the list was read, by {@link System#nanoTime}
 */
record HeldClientCopy(Set<String> keys, long readAt) {}

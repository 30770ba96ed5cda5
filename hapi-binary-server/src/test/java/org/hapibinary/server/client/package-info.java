/** Clients of the API, what they send, and what they look at in the answers. */
@NullMarked
package org.hapibinary.server.client;

import org.jspecify.annotations.NullMarked;

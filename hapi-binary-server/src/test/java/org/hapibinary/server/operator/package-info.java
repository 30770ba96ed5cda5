/** The operator's endpoint and its page. */
@NullMarked
package org.hapibinary.server.operator;

import org.jspecify.annotations.NullMarked;

/** What downloads cost: the figures of {@code docs/performance.md}, and the servers that are compared. */
@NullMarked
package org.hapibinary.server.benchmark.download;

import org.jspecify.annotations.NullMarked;

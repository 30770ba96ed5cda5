/**
 * Exports that HAPI's own definition of the job runs: those that were under way when the plugin got a job of its own,
 * and HAPI's Binaries of their files. Goes with the release after that.
 */
@NullMarked
package org.hapibinary.jpaserver.legacy;

import org.jspecify.annotations.NullMarked;

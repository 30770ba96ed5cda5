/**
 * Exports by HAPI's own definition of the job: those that were running during the update to the first version of the
 * plugin with a job of its own, and HAPI's Binaries of their files. To be removed in the release after that.
 */
@NullMarked
package org.hapibinary.jpaserver.legacy;

import org.jspecify.annotations.NullMarked;

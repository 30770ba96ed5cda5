/** What becomes of exports and their files in the course of time: expiry, deletion, maintenance, upgrades. */
@NullMarked
package org.hapibinary.server.contract.lifecycle;

import org.jspecify.annotations.NullMarked;

/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;

/** What an operator has done at once, rather than when its time comes. */
record OnDemand(Sweep sweep, OrphanCheck orphans, StoreBinding binding) {}

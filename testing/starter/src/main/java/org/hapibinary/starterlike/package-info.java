/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/** A host for the plugin, put together the way hapi-fhir-jpaserver-starter is; it knows nothing of the plugin. */
@NullMarked
package org.hapibinary.starterlike;

import org.jspecify.annotations.NullMarked;

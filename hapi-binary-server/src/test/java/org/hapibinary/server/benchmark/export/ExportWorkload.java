/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

/**
 * An export that servers are compared by.
 *
 * @param name for the report
 * @param kickOff below the FHIR base
 * @param resources that it holds
 * @param passedThrough whether there is nothing in it for which the stored JSON has to be parsed
 */
record ExportWorkload(String name, String kickOff, long resources, boolean passedThrough) {}

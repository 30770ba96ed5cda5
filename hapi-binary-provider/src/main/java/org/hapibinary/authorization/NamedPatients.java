/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import com.google.common.base.Splitter;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.hapibinary.problem.Problem;

/**
 * The parameter {@code patient} of a kick-off, by which some of the patients are named (Bulk Data IG, "Query
 * Parameters").
 */
public final class NamedPatients {

    /** The parameter's name. */
    public static final String PARAMETER = "patient";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9\\-.]{1,64}");
    private static final String TYPE = "Patient/";

    private NamedPatients() {}

    /**
     * Their ids, without their type.
     *
     * @param base the FHIR base URL, without a slash at its end
     * @throws Problem 400 if one is not a patient of this server
     */
    public static Set<String> in(RequestParameters parameters, String base) {
        Set<String> ids = new LinkedHashSet<>();
        for (String value : parameters.values(PARAMETER)) {
            for (String one : Splitter.on(',').trimResults().omitEmptyStrings().split(value)) {
                ids.add(idOf(one, base + "/"));
            }
        }
        return ids;
    }

    private static String idOf(String value, String base) {
        String reference = value.startsWith(base) ? value.substring(base.length()) : value;
        String id = reference.startsWith(TYPE) ? reference.substring(TYPE.length()) : reference;
        if (!ID.matcher(id).matches()) {
            throw Problem.invalid("The patient \"" + value + "\" is not of the form Patient/id.");
        }
        return id;
    }
}

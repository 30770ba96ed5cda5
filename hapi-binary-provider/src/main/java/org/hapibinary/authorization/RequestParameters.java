/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.FhirTerser;
import com.google.common.base.Splitter;
import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseParameters;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/** The parameters of an operation as strings, from the URL and from the body. */
public final class RequestParameters {

    /** The parameter that limits an export to some patients (Bulk Data IG, "Query Parameters"). */
    public static final String PATIENT = "patient";

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9\\-.]{1,64}");
    private static final String TYPE = "Patient/";

    private final SetMultimap<String, String> values = LinkedHashMultimap.create();

    /** @throws Problem 400 if a parameter of the body has a value that is not a string */
    public RequestParameters(RequestDetails request) {
        request.getParameters().forEach((name, given) -> values.putAll(name, List.of(given)));
        if (request.getResource() != null && !(request.getResource() instanceof IBaseParameters)) {
            throw Problem.invalid("The body of an $export is a Parameters resource.");
        }
        if (request.getResource() instanceof IBaseParameters body) {
            FhirTerser terser = request.getFhirContext().newTerser();
            terser.getValues(body, "Parameters.parameter").forEach(parameter -> addFromBody(terser, parameter));
        }
    }

    private void addFromBody(FhirTerser terser, IBase parameter) {
        String name = terser.getSinglePrimitiveValueOrNull(parameter, "name");
        if (name == null || name.isBlank()) {
            throw Problem.invalid("A parameter in the body has no name.");
        }
        String text = textOf(terser.getSingleValueOrNull(parameter, "value[x]", IBase.class));
        if (text == null) {
            throw Problem.invalid("The parameter " + name
                    + " has no value in the body that can be read: give it a string, a code, an instant or a"
                    + " Reference.");
        }
        values.put(name, text);
    }

    private static @Nullable String textOf(@Nullable IBase value) {
        if (value instanceof IPrimitiveType<?> primitive) {
            return primitive.getValueAsString();
        }
        return value instanceof IBaseReference reference
                ? reference.getReferenceElement().getValue()
                : null;
    }

    /** The names of all parameters, without duplicates, in the order of the request. */
    public Set<String> names() {
        return values.keySet();
    }

    /** The values of a parameter, without duplicates, in the order of the request. */
    public Set<String> values(String name) {
        return values.get(name);
    }

    /**
     * The ids of the patients that a kick-off names, without the type.
     *
     * @param base the FHIR base URL, without a slash at its end
     * @throws Problem 400 if one is not a reference to a Patient of this server
     */
    public Set<String> patients(String base) {
        Set<String> ids = new LinkedHashSet<>();
        for (String value : values(PATIENT)) {
            for (String one : Splitter.on(',').trimResults().omitEmptyStrings().split(value)) {
                ids.add(patientId(one, base + "/"));
            }
        }
        return ids;
    }

    private static String patientId(String value, String base) {
        String reference = value.startsWith(base) ? value.substring(base.length()) : value;
        String id = reference.startsWith(TYPE) ? reference.substring(TYPE.length()) : reference;
        if (!ID.matcher(id).matches()) {
            throw Problem.invalid("The patient \"" + value + "\" is not of the form Patient/id.");
        }
        return id;
    }
}

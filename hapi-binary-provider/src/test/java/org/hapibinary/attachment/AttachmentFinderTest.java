/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import java.util.List;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttachmentFinderTest {

    private static final FhirContext R4 = FhirContext.forR4Cached();
    private static final List<String> BASES = List.of("https://example.org/fhir", "http://inside:8080/fhir");
    private static final String URL = "https://example.org/fhir/Binary/b1/$binary-access-read";

    private final AttachmentFinder finder = new AttachmentFinder(R4);

    private static IBaseResource parse(String json) {
        return R4.newJsonParser().parseResource(json);
    }

    /** Finds the attachments of a resource and has them all lead to their content. */
    private List<AttachmentReference> lead(IBaseResource resource) {
        List<FoundAttachment> found = finder.find(resource, BASES);
        found.forEach(attachment ->
                attachment.apply(new AttachmentDecision.Held(new NewAttachment("b1", "1", null)), BASES.get(0)));
        return found.stream().map(FoundAttachment::reference).toList();
    }

    private static String encode(IBaseResource resource) {
        return R4.newJsonParser().encodeResourceToString(resource);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'resourceType':'Patient','id':'x','photo':[{'url':'Binary/b1'}]}",
                "{'resourceType':'DocumentReference','id':'x','content':[{'attachment':{'url':'Binary/b1'}}]}",
                "{'resourceType':'DiagnosticReport','id':'x','presentedForm':[{'url':'Binary/b1'}]}",
                "{'resourceType':'Media','id':'x','content':{'url':'Binary/b1'}}",
                "{'resourceType':'Communication','id':'x','payload':[{'contentAttachment':{'url':'Binary/b1'}}]}",
                "{'resourceType':'Consent','id':'x','sourceAttachment':{'url':'Binary/b1'}}",
                "{'resourceType':'Questionnaire','id':'x','item':[{'linkId':'1','item':[{'linkId':'2',"
                        + "'initial':[{'valueAttachment':{'url':'Binary/b1'}}]}]}]}",
                "{'resourceType':'Observation','id':'x','extension':[{'url':'http://e',"
                        + "'valueAttachment':{'url':'Binary/b1'}}]}",
                "{'resourceType':'Observation','id':'x','code':{'coding':[{'extension':[{'url':'http://e',"
                        + "'extension':[{'url':'inner','valueAttachment':{'url':'Binary/b1'}}]}]}]}}",
                "{'resourceType':'Observation','id':'x','contained':[{'resourceType':'Patient','id':'p',"
                        + "'photo':[{'url':'Binary/b1'}]}],'subject':{'reference':'#p'}}",
                "{'resourceType':'Patient','id':'x','birthDate':'2000-01-01','_birthDate':{'extension':"
                        + "[{'url':'http://e','valueAttachment':{'url':'Binary/b1'}}]}}"
            })
    void anAttachmentIsFoundWhereverInTheResourceItIs(String json) {
        IBaseResource resource = parse(json.replace('\'', '"'));

        assertThat(lead(resource)).singleElement().satisfies(found -> {
            assertThat(found.binary()).isEqualTo(new BinaryUrl("b1", null));
            assertThat(found.resource()).isEqualTo(resource.fhirType() + "/x");
        });
        assertThat(encode(resource)).contains("\"url\":\"" + URL + "\"").doesNotContain("\"Binary/b1\"");
    }

    @ParameterizedTest
    @CsvSource({
        "Binary/b1,",
        "Binary/b1/_history/3, 3",
        "https://example.org/fhir/Binary/b1,",
        "https://example.org/fhir/Binary/b1/_history/3, 3",
        "http://inside:8080/fhir/Binary/b1,",
        "Binary/b1/$binary-access-read,",
        "https://example.org/fhir/Binary/b1/$binary-access-read?path=Binary,",
        "HTTPS://EXAMPLE.ORG/fhir/Binary/b1,",
        "https://example.org:443/fhir/Binary/b1/_history/3, 3",
        "https://example.org:/fhir/Binary/b1,",
        "hTTp://Inside:8080/fhir/Binary/b1/$binary-access-read,",
        "//example.org/fhir/Binary/b1,",
        "/fhir/Binary/b1,",
        "/fhir/Binary/b1/_history/3, 3",
        "./Binary/b1,",
        "./Binary/./b1/_history/3, 3",
        "Binary/x/../b1,",
        "../fhir/Binary/b1,",
        "Binary%2Fb1,",
        "Binary%2fb1%2F_history%2F3, 3",
        "%42inary/b%31,",
        "Binary//b1,",
        "Binary/b1/%24binary-access-read,",
        "https://example.org/fhir/../fhir/Binary/b1,",
        "https://example.org/fhir/%2e%2E/fhir/Binary/b1,",
        "https://example.org/../fhir/Binary/b1,",
        "https://example.org//fhir/Binary/b1,",
        "https://EXAMPLE.org:443/./fhir//Binary/b1/_history/3, 3",
        "//example.org//fhir/Binary/b1,",
        "/./fhir/Binary/b1,",
        "' Binary/b1 ',"
    })
    void everySpellingOfABinaryOfThisServerLeadsToItsContent(String url, String version) {
        IBaseResource resource = parse("{\"resourceType\":\"Patient\",\"photo\":[{\"url\":\"" + url + "\"}]}");

        assertThat(lead(resource))
                .extracting(AttachmentReference::binary)
                .containsExactly(new BinaryUrl("b1", version));
        assertThat(encode(resource)).contains("\"" + URL + "\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://elsewhere.org/fhir/Binary/b1",
                "https://example.org/fhir2/Binary/b1",
                "https://example.org/fhirBinary/b1",
                "https://example.org/fhir/../Binary/b1",
                "https://example.org/fhir/Patient/b1",
                "https://example.org/FHIR/Binary/b1",
                "https://example.org:80/fhir/Binary/b1",
                "http://example.org:443/fhir/Binary/b1",
                "http://inside/fhir/Binary/b1",
                "https://example.org@elsewhere.org/fhir/Binary/b1",
                "//elsewhere.org/fhir/Binary/b1",
                "/Binary/b1",
                "/fhir2/Binary/b1",
                "Binary/../Patient/b1",
                "../Binary/b1",
                "../../fhir2/Binary/b1",
                "https://example.org/fhir/../fhir2/Binary/b1",
                "https://example.org%2Ffhir/Binary/b1",
                "https://elsewhere.org/../fhir/Binary/b1",
                "urn:x:./Binary/b1",
                "Binary%252Fb1",
                "binary/b1",
                "#b1",
                "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
                "data:text/plain,Binary/b1"
            })
    void whatPointsElsewhereIsLeftAsItIs(String url) {
        IBaseResource resource = parse("{\"resourceType\":\"Patient\",\"photo\":[{\"url\":\"" + url + "\"}]}");
        String before = encode(resource);

        assertThat(lead(resource)).isEmpty();
        assertThat(encode(resource)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Binary/b1/extra",
                "Binary/b1?x=y",
                "Binary/b1%2f..",
                "./Binary/",
                "Binary/",
                "Binary/b1#fragment",
                "https://example.org/fhir/Binary/b1?_format=json",
                "http://inside:8080/fhir/Binary/b1/_history/"
            })
    void whatIsBelowTheServersBinariesAndIsNoneIsFoundToBeTold(String url) {
        IBaseResource resource = parse("{\"resourceType\":\"Patient\",\"photo\":[{\"url\":\"" + url + "\"}]}");

        assertThat(finder.find(resource, BASES)).singleElement().satisfies(found -> assertThat(
                        found.reference().binary().isUnderstood())
                .isFalse());
    }

    @Test
    void whatTheExportDoesNotHaveHasAReasonInThePlaceOfItsUrl() {
        IBaseResource resource = parse("{\"resourceType\":\"Patient\",\"photo\":[{\"contentType\":\"image/png\","
                + "\"url\":\"Binary/b1\",\"_url\":{\"extension\":[{\"url\":\"http://e\",\"valueString\":\"kept\"}]},"
                + "\"title\":\"one\"}]}");

        finder.find(resource, BASES)
                .forEach(found -> found.apply(
                        new AttachmentDecision.Absent(
                                AttachmentDecision.Absent.NOT_PERMITTED,
                                new ExportIssue(ExportIssue.Severity.ERROR, "forbidden", "no")),
                        BASES.get(0)));

        assertThat(encode(resource))
                .endsWith("\"photo\":[{\"contentType\":\"image/png\",\"_url\":{\"extension\":["
                        + "{\"url\":\"http://e\",\"valueString\":\"kept\"},"
                        + "{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\","
                        + "\"valueCode\":\"not-permitted\"}]},\"title\":\"one\"}]}");
    }

    @Test
    void contentInTheResourceStaysAsItIs() {
        IBaseResource resource = parse(
                "{\"resourceType\":\"Patient\",\"photo\":[{\"contentType\":\"image/png\",\"data\":\"iVBORw==\"}]}");
        String before = encode(resource);

        assertThat(lead(resource)).isEmpty();
        assertThat(encode(resource)).isEqualTo(before);
    }

    @Test
    void everyAttachmentOfAResourceIsFoundWithItsTitle() {
        IBaseResource resource =
                parse("{\"resourceType\":\"Patient\",\"photo\":[{\"url\":\"Binary/b1\",\"title\":\"one\"},"
                        + "{\"url\":\"Binary/b2\"},{\"url\":\"https://elsewhere.org/three\"}]}");

        assertThat(lead(resource))
                .extracting(found -> found.binary().binaryId(), AttachmentReference::title)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("b1", "one"),
                        org.assertj.core.groups.Tuple.tuple("b2", null));
    }
}

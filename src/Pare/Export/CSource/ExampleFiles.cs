using System.IO.Compression;
using System.Text;
using Pare.Graphs;
using Pare.Graphs.Lowering;

namespace Pare.Export.CSource;

/// <summary>What lies beside the program: a main that classifies a picture's file, a build, a library for the Arduino IDE.</summary>
internal sealed class ExampleFiles
{
    private readonly SourceLayout _layout;
    private readonly Shape _input;
    private readonly string _name, _upper;
    private readonly bool _hasThreshold, _hasTemperature;

    /// <param name="graph">The network.</param>
    /// <param name="layout">What every file begins with.</param>
    /// <param name="name">The program's name.</param>
    /// <param name="confidence">How sure the network is said to be.</param>
    public ExampleFiles(InferenceGraph graph, SourceLayout layout, string name, ConfidenceRule confidence)
    {
        (_layout, _input, _name, _upper) = (layout, graph.Input.Shape, name, name.ToUpperInvariant());
        (_hasThreshold, _hasTemperature) = (confidence.Threshold is not null, confidence.Temperature != 1);
    }

    /// <summary>A program that reads a picture as PGM or PPM; null for networks that take neither grey nor colour.</summary>
    public string? Main()
    {
        if (_input.Channels is not (1 or 3)) return null;
        var writer = new CWriter();
        _layout.WriteHead(writer);
        string kind = _input.Channels == 1 ? "PGM (P5)" : "PPM (P6)";
        writer.Line(
            $$"""
            /*
             * {{_name}}_main PICTURE: classifies a binary {{kind}} of {{_input.Width}} x {{_input.Height}} pixels.
             * {{_name}}_main --self-test: tests itself.
             */
            #include "{{_name}}.h"

            #include <stdio.h>
            #include <string.h>

            static uint8_t pixels[{{_upper}}_WIDTH * {{_upper}}_HEIGHT * {{_upper}}_CHANNELS];

            /* The next number of the head of a file, past blanks and comments; -1 if there is none. */
            static int number(FILE *file)
            {
                int letter = getc(file), value = 0;
                while (letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t' || letter == '#') {
                    if (letter == '#') {
                        while (letter != '\n' && letter != EOF) letter = getc(file);
                    } else {
                        letter = getc(file);
                    }
                }
                if (letter < '0' || letter > '9') return -1;
                for (; letter >= '0' && letter <= '9' && value < 100000; letter = getc(file)) value = value * 10 + (letter - '0');
                return value;
            }

            static const char *read_picture(const char *path)
            {
                FILE *const file = fopen(path, "rb");
                const char *error = NULL;
                if (file == NULL) return "cannot be opened";
                if (getc(file) != 'P' || getc(file) != '{{(_input.Channels == 1 ? 5 : 6)}}') error = "is no binary {{kind}}";
                else if (number(file) != {{_upper}}_WIDTH || number(file) != {{_upper}}_HEIGHT)
                    error = "is not of {{_input.Width}} x {{_input.Height}} pixels";
                else if (number(file) != 255) error = "needs 255 as its largest value: 8 bits a channel";
                else if (fread(pixels, 1, sizeof pixels, file) != sizeof pixels) error = "is cut short";
                fclose(file);
                return error;
            }

            {{Probabilities()}}
            int main(int argc, char **argv)
            {
                float scores[{{_upper}}_CLASSES];
                const char *error;
                int best, k;
                if (argc != 2) {
                    fprintf(stderr, "usage: %s PICTURE | --self-test\n", argv[0]);
                    return 2;
                }
                if (strcmp(argv[1], "--self-test") == 0) {
                    const int layer = {{_name}}_self_test();
                    if (layer == 0) printf("all layers compute what they should\n");
                    else if (layer > 0) printf("layer %s computes something else\n", {{_name}}_layers[layer - 1]);
                    else printf("the constants of layer %s have changed\n", {{_name}}_layers[-layer - 1]);
                    return layer != 0;
                }
                error = read_picture(argv[1]);
                if (error != NULL) {
                    fprintf(stderr, "%s %s\n", argv[1], error);
                    return 1;
                }
                best = {{_name}}_predict(pixels, scores);
                if (best < 0) {
                    fprintf(stderr, "a score is not a number\n");
                    return 1;
                }
                if (probabilities(scores, best)) printf("%s\n", {{_name}}_classes[best]);
                else printf("unsure (%s)\n", {{_name}}_classes[best]);
                for (k = 0; k < {{_upper}}_CLASSES; k++) printf("  %6.2f %%  %s\n", 100.0 * (double)scores[k], {{_name}}_classes[k]);
                return 0;
            }
            """.ReplaceLineEndings("\n"));
        return writer.ToString();
    }

    /// <summary>A build with CMake.</summary>
    /// <param name="hasMain">Whether there is a main.</param>
    public string CMakeLists(bool hasMain)
    {
        var writer = new CWriter();
        foreach (string line in _layout.Origin()) writer.Line($"# {CText.Comment(line)}");
        writer.Line(
            $$"""

            cmake_minimum_required(VERSION 3.10)
            project({{_name}} C)

            if(NOT CMAKE_BUILD_TYPE)
                set(CMAKE_BUILD_TYPE Release)
            endif()

            add_library({{_name}} STATIC {{_name}}.c)
            target_include_directories({{_name}} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
            set_target_properties({{_name}} PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
            """.ReplaceLineEndings("\n"));
        if (hasMain) writer.Line($"\nadd_executable({_name}_main main.c)\ntarget_link_libraries({_name}_main {_name})");
        return writer.ToString();
    }

    /// <summary>A library of the Arduino IDE: a ZIP with an example sketch.</summary>
    /// <param name="source">The <c>.c</c> file.</param>
    /// <param name="header">The <c>.h</c> file.</param>
    public byte[] Arduino(string source, string header)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("library.properties",
                $"name={_name}\nversion=1.0.0\nauthor=you\nmaintainer=you\n" +
                $"sentence=Classifies pictures of {_input.Width} x {_input.Height} pixels.\n" +
                $"paragraph={CText.Comment(string.Join(" ", _layout.Origin()))}\n" +
                "category=Data Processing\nurl=\narchitectures=*\n" +
                $"includes={_name}.h\n");
            Add($"src/{_name}.c", source);
            Add($"src/{_name}.h", header);
            Add($"examples/{_name}_example/{_name}_example.ino", Sketch());

            void Add(string path, string text)
            {
                ZipArchiveEntry entry = zip.CreateEntry($"{_name}/{path}");

                // The same model gives the same file.
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using Stream content = entry.Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return stream.ToArray();
    }

    // The limit of being sure is one of probabilities without a temperature, which those that are shown have.
    private string Probabilities()
    {
        var writer = new CWriter();
        writer.Line("/* Turns scores into the probabilities to show; gives whether the network is sure of the class. */");
        writer.Function("static int probabilities(float *scores, int best)");
        if (_hasThreshold) writer.Line("int sure;");
        if (_hasThreshold && _hasTemperature) writer.Line($"float plain[{_upper}_CLASSES];");
        if (_hasTemperature) writer.Line("int k;");
        if (_hasThreshold && _hasTemperature)
        {
            writer.Line("memcpy(plain, scores, sizeof plain);");
            writer.Line($"{_name}_probabilities(plain);");
            writer.Line($"sure = !(plain[best] < {_upper}_SURE);");
        }

        if (_hasTemperature) writer.Line($"for (k = 0; k < {_upper}_CLASSES; k++) scores[k] /= {_upper}_TEMPERATURE;");
        writer.Line($"{_name}_probabilities(scores);");
        if (_hasThreshold && !_hasTemperature) writer.Line($"sure = !(scores[best] < {_upper}_SURE);");
        if (!_hasThreshold) writer.Line("(void)best;");
        writer.Line(_hasThreshold ? "return sure;" : "return 1;");
        writer.Close();
        return writer.ToString();
    }

    private string Sketch()
    {
        var writer = new CWriter();
        _layout.WriteHead(writer);
        writer.Line(
            $$"""
            #include <{{_name}}.h>

            static uint8_t pixels[{{_upper}}_WIDTH * {{_upper}}_HEIGHT * {{_upper}}_CHANNELS];

            {{Probabilities()}}
            void setup()
            {
                Serial.begin(115200);
                while (!Serial) { }
                int layer = {{_name}}_self_test();
                if (layer == 0) Serial.println("self test passed");
                else {
                    Serial.print(layer < 0 ? "these constants have changed: " : "this layer computes something else: ");
                    Serial.println({{_name}}_layers[(layer < 0 ? -layer : layer) - 1]);
                }
            }

            void loop()
            {
                /* Fill pixels from your camera here, row by row. */
                float scores[{{_upper}}_CLASSES];
                unsigned long start = micros();
                int best = {{_name}}_predict(pixels, scores);
                unsigned long took = micros() - start;
                if (best < 0) Serial.print("not a number");
                else {
                    bool sure = probabilities(scores, best);
                    Serial.print(sure ? "" : "unsure (");
                    Serial.print({{_name}}_classes[best]);
                    Serial.print(sure ? ", " : "), ");
                    Serial.print(100 * scores[best]);
                    Serial.print(" %");
                }
                Serial.print(" in microseconds: ");
                Serial.println(took);
                delay(1000);
            }
            """.ReplaceLineEndings("\n"));
        return writer.ToString();
    }
}

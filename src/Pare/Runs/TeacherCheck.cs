using Pare.Data;
using Pare.Training;

namespace Pare.Runs;

/// <summary>
/// Holds a teacher that was read from a run against the images of its student: what the teacher was trained on cannot test a student of
/// its.
/// </summary>
internal static class TeacherCheck
{
    private const string Where = "techniques.distillation.teacher";

    /// <summary>Refuses a teacher that knows images which the student is tested on or chosen by, or of which nobody can tell.</summary>
    /// <param name="options">The student's training.</param>
    /// <param name="data">The student's images.</param>
    /// <exception cref="RecipeException">The teacher knows them, or knows other classes.</exception>
    public static void Check(TrainingOptions options, Dataset data)
    {
        Distillation? distillation = options.Techniques.OfType<Distillation>().FirstOrDefault(static technique => technique.Acts);
        Distillation.Places(distillation?.Teacher?.Classes, data.Train.Classes);
        if (distillation?.Teacher?.Location is not { } location) return;
        if (RunSplit.Read(Path.GetDirectoryName(Path.GetFullPath(location))!) is not { } teacher)
        {
            if (!data.IsTestDrawn) return;
            throw Refused(
                "Nothing beside the teacher says which images it was trained on, and this data set has no test images of its own.",
                location);
        }

        var student = RunSplit.Of(data, options.Split(data), options.ValidationFraction);
        bool isSameRule = (teacher.Seed, teacher.Group) == (student.Seed, student.Group);
        if (teacher.DataFingerprint != student.DataFingerprint)
        {
            // Image by image the same rule gives the same side, whatever else the data set has gained or lost.
            if (!student.IsTestDrawn) return;
            if (!(teacher.IsTestDrawn && isSameRule && teacher.TestFraction >= student.TestFraction))
                throw Refused("The teacher was trained on other images, divided in another way.", location);
            if (student.ValidationImages > 0 && teacher.ValidationFraction < student.ValidationFraction)
                throw Refused(
                    $"The teacher was trained on images that belong to the {student.ValidationImages} that this run is to be chosen by.",
                    location);
            return;
        }

        if (Known(student.Test, teacher) is > 0 and int tested)
            throw Refused(
                $"The teacher was trained on {tested} of the {student.TestImages} images that this run is to be tested on.", location);
        bool knowsSome = student.Test is null
            ? student.ValidationImages > 0 && !(isSameRule && teacher.ValidationFraction >= student.ValidationFraction)
            : Known(student.Validation, teacher) > 0;
        if (knowsSome)
            throw Refused(
                $"The teacher was trained on some of the {student.ValidationImages} images that this run is to be chosen by.", location);
    }

    // Of a list those that the teacher was trained on: it has them neither among its test images nor among its validation images.
    private static int Known(IReadOnlyDictionary<string, string>? images, RunSplit teacher) =>
        images?.Keys.Count(name => teacher.Test?.ContainsKey(name) != true && teacher.Validation?.ContainsKey(name) != true) ?? 0;

    private static RecipeException Refused(string what, string teacher) =>
        new(what, $"{Where}, {teacher}", "Train the teacher again with the same dataset.split and training.validation.");
}

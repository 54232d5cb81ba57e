using Pare.Data;
using Pare.Runs;
using Pare.Training;

namespace Pare.Tests.Runs;

public sealed class MeasuredImagesTests
{
    [Fact]
    public void Thousands_are_set_off_in_what_is_said_of_images()
    {
        Dataset data = Glyphs.Create(train: 1_200, test: 40);
        var split = RunSplit.Of(data, new TrainingOptions().Split(data), 0);
        Assert.Equal(["All 1,240 images: the network was trained on 1,200 of them."],
            MeasuredImages.Of(data, split, data.Train.Classes, all: true).Notes);
    }
}

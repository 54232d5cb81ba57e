using BenchmarkDotNet.Attributes;
using Pare.Augmentation;
using Pare.Data;
using Pare.Kernels;

namespace Pare.Benchmarks;

/// <summary>
/// Each augmentation on a tile's images, draws and a fresh copy of the image included, and the ways from bytes into lanes.
/// </summary>
public class AugmentationBenchmark
{
    private readonly Dictionary<string, DataTechnique> _techniques = new()
    {
        ["random_crop"] = new RandomCrop(),
        ["random_crop reflect"] = new RandomCrop { Fill = CropFill.Reflect },
        ["horizontal_flip"] = new HorizontalFlip(),
        ["affine"] = new Affine { Shear = 5 },
        ["color_jitter"] = new ColorJitter(),
        ["trivial_augment"] = new TrivialAugment(),
        ["augmix"] = new AugMix(),
        ["gaussian_noise"] = new GaussianNoise { Probability = 1 },
        ["cutout"] = new Cutout(),
        ["random_erasing"] = new RandomErasing(),
        ["mixup"] = new Mixup(),
        ["cutmix"] = new CutMix { Probability = 1 },
    };

    private RunFacts _run;
    private float[] _image = [], _spare = [], _other = [], _lanes = [], _images = [];
    private byte[] _bytes = [];
    private ImageBatch _direct = null!;
    private DataTechnique? _technique;
    private long _draw;

    [Params("1x28x28", "3x32x32")]
    public string Shape { get; set; } = "";

    [Params("bytes to lanes", "bytes to floats", "floats to lanes", "random_crop", "random_crop reflect", "horizontal_flip", "affine",
        "color_jitter", "trivial_augment", "augmix", "gaussian_noise", "cutout", "random_erasing", "mixup", "cutmix")]
    public string Work { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _run = Shape == "1x28x28" ? new RunFacts(1, 28, 28, 10, 20, 128) : new RunFacts(3, 32, 32, 10, 20, 128);
        int size = _run.Channels * _run.Height * _run.Width;
        _images = KernelData.Values(size * Simd.Lanes);
        (_image, _other, _spare, _lanes) = (_images[..size], new float[size], new float[3 * size], new float[size * Simd.Lanes]);
        _bytes = [.. Enumerable.Range(0, size * Simd.Lanes).Select(static i => (byte)((i * 77) + (i / 13)))];
        var set = new ImageSet(_run.Channels, _run.Height, _run.Width, _bytes, new int[Simd.Lanes], ["a"]);
        _direct = new ImageBatch(set, Normalization.Of(set));
        _direct.Select([.. Enumerable.Range(0, Simd.Lanes)], 0);
        _technique = _techniques.GetValueOrDefault(Work);
    }

    // A tile's worth of images, so that all figures are of 16 images with AVX-512, 8 with AVX2.
    [Benchmark]
    public void Tile()
    {
        switch (Work)
        {
            case "bytes to lanes":
                _direct.Fill(0, Simd.Lanes, _lanes, []);
                return;
            case "bytes to floats":
                PlanarImages.ToFloats(_bytes, _images);
                return;
            case "floats to lanes":
                PlanarImages.ToLanes(_images, _image.Length, _image.Length, Simd.Lanes, _lanes);
                return;
        }

        for (int i = 0; i < Simd.Lanes; i++)
        {
            var random = new SeededRandom(1, 2, 3, _draw++);
            _images.AsSpan(0, _image.Length).CopyTo(_image);
            if (_technique is ImageAugmentation one) one.Apply(ref random, new ImageFacts(_run, default, i, default), _image, _spare);
            else if (_technique is BatchMixing mixing)
                mixing.Mix(mixing.Draw(ref random, _run, default), _run, _image, _other, _spare.AsSpan(0, _image.Length));
        }
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Pare.Inference;
using Pare.Tests.Support;
using WebApi;

namespace Pare.Tests.Samples;

/// <summary>The sample of a web API, over HTTP on a port of this machine.</summary>
public sealed class WebApiTests(WebApiProcess api) : IClassFixture<WebApiProcess>
{
    [Fact]
    public async Task An_uploaded_picture_is_classified_as_the_library_does()
    {
        byte[] png = Picture(1, 20, 31);
        using HttpResponseMessage response = await Upload(png);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        AssertAnswer(png, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    [Fact]
    public async Task Many_at_once_get_each_its_own_answer()
    {
        byte[][] pictures = [.. Enumerable.Range(0, 64).Select(static i => Picture(i, 5 + i, 70 - i))];
        JsonElement[] answers = await Task.WhenAll(pictures.Select(async picture =>
        {
            using HttpResponseMessage response = await Upload(picture);
            return await response.Content.ReadFromJsonAsync<JsonElement>();
        }));
        Assert.InRange(answers.Select(static answer => answer.GetProperty("probability").GetSingle()).Distinct().Count(), 32, 64);
        foreach ((byte[] picture, JsonElement answer) in pictures.Zip(answers)) AssertAnswer(picture, answer);
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_a_problem_of_the_client()
    {
        byte[] png = Picture(1, 20, 20);
        foreach (byte[] file in new[] { "no picture"u8.ToArray(), [], png[..(png.Length / 2)], [.. png[..60], .. new byte[200]] })
        {
            using HttpResponseMessage response = await Upload(file);
            await AssertProblem(response, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task What_is_too_large_is_refused_before_it_is_read_or_decoded()
    {
        using HttpResponseMessage large = await Upload(new byte[Api.MaxUploadBytes + 1]);
        await AssertProblem(large, HttpStatusCode.RequestEntityTooLarge);

        // A bomb: the header claims ten thousand rows and columns.
        byte[] bomb = ImageFiles.FlatPng(10_000, 10_000, 7);
        Assert.InRange(bomb.Length, 1, Api.MaxUploadBytes - 1_000);
        using HttpResponseMessage huge = await Upload(bomb);
        await AssertProblem(huge, HttpStatusCode.RequestEntityTooLarge);

        using HttpResponseMessage after = await Upload(Picture(1, 20, 31));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Requests_that_are_none_are_problems_too()
    {
        using HttpResponseMessage without =
            await api.Client.PostAsync("/predict", new MultipartFormDataContent { { new StringContent("x"), "note" } });
        await AssertProblem(without, HttpStatusCode.BadRequest);
        using HttpResponseMessage raw = await api.Client.PostAsync("/predict", new ByteArrayContent(Picture(1, 9, 8)));
        await AssertProblem(raw, HttpStatusCode.UnsupportedMediaType);
        using HttpResponseMessage empty = await api.Client.PostAsync("/predict", null);
        await AssertProblem(empty, HttpStatusCode.UnsupportedMediaType);
        using HttpResponseMessage wrong = await api.Client.GetAsync("/predict");
        await AssertProblem(wrong, HttpStatusCode.MethodNotAllowed);
        using HttpResponseMessage nowhere = await api.Client.GetAsync("/nowhere");
        await AssertProblem(nowhere, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task It_says_that_it_is_well_and_describes_itself()
    {
        Assert.Equal("Healthy", await api.Client.GetStringAsync("/health"));
        JsonElement document = await api.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        JsonElement operation = document.GetProperty("paths").GetProperty("/predict").GetProperty("post");
        Assert.True(operation.GetProperty("requestBody").GetProperty("content").TryGetProperty("multipart/form-data", out _));
        JsonElement answer = document.GetProperty("components").GetProperty("schemas").GetProperty("Answer").GetProperty("properties");
        Assert.Equal("number", answer.GetProperty("probability").GetProperty("type").GetString());
        Assert.Equal(["200", "400", "413", "415"], operation.GetProperty("responses").EnumerateObject()
            .Select(static response => response.Name).Order());
    }

    private static byte[] Picture(int seed, int height, int width)
    {
        var random = new SeededRandom(seed);
        return ImageFiles.Png(height, width, 3, [.. Enumerable.Range(0, height * width * 3).Select(_ => (byte)random.NextInt(256))]);
    }

    private static async Task AssertProblem(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
    }

    private void AssertAnswer(byte[] picture, JsonElement answer)
    {
        Prediction expected = api.Model.PredictFile(picture, "picture");
        Assert.Equal(expected.Label, answer.GetProperty("label").GetString());
        Assert.Equal(expected.Probability, answer.GetProperty("probability").GetSingle());
        Assert.Equal(expected.IsSure, answer.GetProperty("sure").GetBoolean());
        JsonElement[] classes = [.. answer.GetProperty("probabilities").EnumerateArray()];
        Assert.Equal(api.Model.Classes, classes.Select(static item => item.GetProperty("label").GetString()!));
        Assert.Equal(expected.Probabilities, classes.Select(static item => item.GetProperty("probability").GetSingle()));
    }

    private async Task<HttpResponseMessage> Upload(byte[] file)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "picture", "my picture.png" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict") { Content = form };
        // The server's refusal comes before the file is sent.
        request.Headers.ExpectContinue = true;
        return await api.Client.SendAsync(request);
    }
}
